"""The demo's teams as accounts in two subscriptions, and what else a subscription has in it."""

from collections.abc import Mapping
from typing import NamedTuple

from exporter.simulator.azure import Azure
from exporter.simulator.manager.account import Account
from exporter.simulator.manager.directory import Directory
from exporter.simulator.manager.tenant import Tenant
from exporter.simulator.show.demo import openings
from exporter.simulator.show.workday import Workday

PRODUCTION = "00000000-0000-0000-0000-00000000000a"
RESEARCH = "00000000-0000-0000-0000-00000000000b"
MANAGEMENT_GROUP = "contoso"

_CAMPAIGN_BEGINS, _CAMPAIGN_ENDS = 300.0, 1500.0  # seconds after the start


class _Resource(NamedTuple):
    """Of the demo's resource: the team in its tags, its kind, subscription and group."""

    team: str
    kind: str
    subscription: str = PRODUCTION
    group: str = "rg-production"


_RESOURCES: Mapping[str, _Resource] = {
    "translator": _Resource("web", "TextTranslation"),
    "manuals": _Resource("docs", "TextTranslation"),
    "letters": _Resource("care", "TextTranslation"),
    "speech": _Resource("media", "SpeechServices"),
    "qna": _Resource("care", "QnAMaker"),
    "openai": _Resource("research", "OpenAI", RESEARCH, "rg-research"),
    "language": _Resource("research", "TextAnalytics", RESEARCH, "rg-research"),
    "documents": _Resource("finance", "FormRecognizer"),
    "content": _Resource("finance", "AIServices"),
}


def demo_tenant(start: float) -> Tenant:
    """An account for each resource of the demo, and some that cannot be watched; one comes late."""
    accounts = [
        Account(
            name=name,
            subscription=resource.subscription,
            group=resource.group,
            kind=resource.kind,
            tags={"team": resource.team, "env": "production"},
        )
        for name, resource in _RESOURCES.items()
    ]
    others = (
        Account(name="faces", subscription=PRODUCTION, kind="Face", tags={"team": "media"}),
        Account(name="regional", subscription=PRODUCTION, domain=None, tags={"team": "web"}),
        Account(name="private", subscription=RESEARCH, public_network_access="Disabled"),
        Account(name="new", subscription=RESEARCH, provisioning_state="Creating"),
        Account(
            name="campaign",
            subscription=PRODUCTION,
            kind="SpeechServices",
            tags={"team": "media", "env": "production"},
            from_=start + _CAMPAIGN_BEGINS,
            until=start + _CAMPAIGN_ENDS,
        ),
    )
    return Tenant(
        accounts=(*accounts, *others),
        management_groups={MANAGEMENT_GROUP: (PRODUCTION, RESEARCH)},
    )


def demo_directory(start: float, workdays: Mapping[str, Workday], key: str) -> Directory:
    """The demo's accounts with their work; `workdays` bring more of it, by the team's resource."""
    parts = {**openings(start), "campaign": openings(start)["speech"]}
    azures = {name: Azure(part, key, cache=True, seed=0, limits={}) for name, part in parts.items()}
    return Directory(demo_tenant(start), azures, workdays)
