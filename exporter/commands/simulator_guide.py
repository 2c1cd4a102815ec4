"""The text that `simulate` prints at its start: how the exporter is pointed at it."""

from exporter.simulator.manager.login import IDENTITY_HEADER, IDENTITY_PATH
from exporter.simulator.server import DEFAULT_KEY
from exporter.simulator.show.accounts import MANAGEMENT_GROUP, PRODUCTION

_TEXT = """\
The operations of all teams in one resource. In another terminal, in a folder without config.yaml:
  AZURE_AI_ENDPOINT={endpoint} AZURE_AI_KEY={key} azure-ai-exporter
The same operations in accounts of two subscriptions, which Azure Resource Manager lists:
  export IDENTITY_ENDPOINT={endpoint}{path} IDENTITY_HEADER={header}
and in config.yaml
  discover_resources:
    - subscription: {subscription}  # or management_group: {group}
      endpoint: {endpoint}
      auth: {{entra: {{}}}}
      tag_labels: [team]
Inject faults:
  curl -X PUT {endpoint}/_simulator/faults \\
    -d '[{{"kind": "throttled", "path": "^/subscriptions/", "count": 3}}]'
Stop with Ctrl-C."""


def text(endpoint: str) -> str:
    """The text, in lines; `endpoint` is the simulator's, such as http://127.0.0.1:10059."""
    return _TEXT.format(
        endpoint=endpoint,
        key=DEFAULT_KEY,
        path=IDENTITY_PATH,
        header=IDENTITY_HEADER,
        subscription=PRODUCTION,
        group=MANAGEMENT_GROUP,
    )
