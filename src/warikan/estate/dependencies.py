"""Which services the company's services need: what breaks there is felt here."""

from collections.abc import Mapping

from warikan.estate.company import Service

_OTHERS: Mapping[str, tuple[str, ...]] = {
    "web-storefront": ("catalog", "search", "cart", "identity", "media"),
    "mobile-bff": ("catalog", "search", "cart", "identity"),
    "cart": ("catalog", "inventory"),
    "checkout": ("cart", "payments", "points", "identity"),
    "payments": ("fraud-detection", "ledger"),
    "order-management": ("inventory", "payments", "notifications"),
    "delivery": ("order-management", "notifications"),
    "recommendations": ("event-pipeline",),
    "reporting": ("data-platform",),
    "ml-training": ("data-platform", "event-pipeline"),
    "fraud-detection": ("event-pipeline",),
}
_EVERYWHERE = ("networking", "observability", "cloud-foundation")


def depends_on(service: Service) -> tuple[str, ...]:
    """The services that *service* needs, those of the platform first."""
    platform = (*_EVERYWHERE, *(("container-platform",) if service.pods else ()))
    if service.team == "platform":
        platform = ("cloud-foundation",)
    return tuple(s for s in (*platform, *_OTHERS.get(service.id, ())) if s != service.id)
