"""The nodes of a YAML document, read by libyaml where PyYAML has it."""

from contextlib import suppress

import yaml
from yaml.composer import Composer
from yaml.resolver import Resolver

if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class _LibyamlReader(Composer, CParser, Resolver):
        """libyaml makes the events. PyYAML's own composer makes the nodes.

        The composer of libyaml recurses in C: deep nesting would end the process.
        """

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            Composer.__init__(self)
            Resolver.__init__(self)


def compose(text: str) -> yaml.Node | None:
    """The root of a document; None: it is empty.

    libyaml takes a tenth of the time. PyYAML's own reader has the last word on what libyaml
    refuses, so that messages are the same with and without libyaml.

    Raises:
        yaml.YAMLError: it is not YAML.
        RecursionError: it is nested too deep.
    """
    if yaml.__with_libyaml__:
        with suppress(yaml.YAMLError, UnicodeEncodeError):
            return _LibyamlReader(text).get_single_node()
    return yaml.compose(text, Loader=yaml.SafeLoader)
