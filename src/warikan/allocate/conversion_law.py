"""The law of conversion: what the providers' own cost columns add up to is what FOCUS adds up to."""

from warikan.focus.money import format_exact
from warikan.ingest.ledger import list_bills
from warikan.lake import Lake

NAME = "native bills add up to their FOCUS columns"


def check_conversion(lake: Lake) -> tuple[str, bool, str]:
    """(law, whether it holds, detail): every difference is explained by rows, to the last digit."""
    proofs = [(bill, proof) for bill in list_bills(lake) for proof in bill.proofs.values()]
    wrong = next(((bill, proof) for bill, proof in proofs if not proof.holds), None)
    if wrong is not None:
        bill, proof = wrong
        month = f"{bill.month:%Y-%m}" if bill.month else "without a month"
        detail = (
            f"{bill.source_id} {month} {bill.currency}: {proof.column} {format_exact(proof.native)} is not "
            f"{proof.metric} {format_exact(proof.focus)} + explained {format_exact(proof.explained)}"
        )
        return NAME, False, detail
    equal = len([proof for _, proof in proofs if proof.is_equal])
    other = f"; {len(proofs) - equal:,} differ by rows that are listed" if equal < len(proofs) else ""
    return NAME, True, f"{equal:,} of {len(proofs):,} sums are equal, to the last digit{other}"
