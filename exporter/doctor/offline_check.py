"""What can be found without a network: in the configuration, and in the files that it names."""

import os
from collections.abc import Iterator
from pathlib import Path

from exporter.checkpoint.place import CheckpointError, check_owner
from exporter.config import operation_files
from exporter.config.config import Config
from exporter.config.operation_files import OperationFiles
from exporter.config.plan import Plan, plan
from exporter.doctor.config_check import config_findings, shared_findings
from exporter.doctor.findings import Finding, FindingContext
from exporter.files import threads
from exporter.settings.types import name_of

_CONTEXT = FindingContext("")  # of the whole configuration


def offline_findings(config: Config, folder: Path) -> list[Finding]:
    """All findings without requests; relative paths start at `folder`."""
    full_plan, findings = plan_and_findings(config, folder)
    for resource in config.resources:
        findings += config_findings(resource, full_plan)
    return findings


def plan_and_findings(config: Config, folder: Path) -> tuple[Plan, list[Finding]]:
    """The plan with the registered operations, and findings that belong to no single resource."""
    files = operation_files.read(config, folder, OperationFiles())
    registered, of_entries = operation_files.planned(config, files)
    of_files = [problem for file in files.by_path.values() for problem in file.problems]
    findings = [
        _CONTEXT.finding(kind, "operation files", str(problem))
        for kind, problems in (
            ("operation-folder", files.folders),
            ("operation-file", [*of_files, *of_entries]),
        )
        for problem in problems
    ]
    findings += _hanging_findings(config)
    if config.state_file is not None:
        findings += _state_file_findings(config.state_file)
    findings += shared_findings(config)
    return plan(config, registered), findings


def _hanging_findings(config: Config) -> Iterator[Finding]:
    """Files of credentials that hang, which stop no exporter, but this resource."""
    for resource in config.resources:
        entra = resource.auth.entra
        for path in entra.files if entra else resource.auth.key_files:
            if threads.hangs(str(path)):
                reason = f"{name_of(path)} does not respond"
                yield FindingContext(resource.name).finding("file-hangs", "key", reason)


def _state_file_findings(path: Path) -> Iterator[Finding]:
    """Why nothing can be kept in this file."""
    reason = ""
    if path.is_dir():
        reason = f"{name_of(path)} is a folder"
    elif not path.parent.is_dir():
        reason = f"{name_of(path)} cannot be written: its folder does not exist"
    elif not os.access(path.parent, os.W_OK | os.X_OK):  # SQLite writes a journal beside it
        reason = f"{name_of(path)} cannot be written: its folder is read-only for this user"
    elif path.exists() and not os.access(path, os.R_OK | os.W_OK):
        reason = f"{name_of(path)} cannot be read and written by this user"
    else:
        try:
            threads.call(f"checkpoint {path}", lambda: check_owner(path))
        except (CheckpointError, threads.HangingError) as error:
            reason = f"{name_of(path)} cannot be used: {error}"
    if reason:
        yield _CONTEXT.finding("state-file", "state_file", reason)
