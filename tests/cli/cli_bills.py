"""Small bills for the command line, and the type of the fixture that runs it."""

import subprocess
from collections.abc import Callable

Run = Callable[..., subprocess.CompletedProcess[str]]

HEADER = (
    "BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,"
    "ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,"
    "ContractedCost,EffectiveCost,InvoiceIssuerName,ListCost,PricingQuantity,PricingUnit,ProviderName,"
    "PublisherName,ServiceCategory,ServiceName,SubAccountId,ResourceId,Tags"
)


def line(cost: str, service: str, *, day: int = 1, currency: str = "USD") -> str:
    """One FOCUS 1.0 charge of 2026-09."""
    tags = f'"{{""service"":""{service}""}}"' if service else ""
    return (
        f"{cost},1,Payer,{currency},2026-10-01T00:00:00Z,2026-09-01T00:00:00Z,Usage,,Use,Usage-Based,"
        f"2026-09-{day + 1:02}T00:00:00Z,2026-09-{day:02}T00:00:00Z,{cost},{cost},AWS,{cost},1,Hours,AWS,AWS,"
        f"Compute,Amazon EC2,42,i-{day},{tags}"
    )
