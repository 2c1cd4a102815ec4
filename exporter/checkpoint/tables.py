"""The tables of a checkpoint."""

TABLES = """
CREATE TABLE operations (
    resource TEXT, api TEXT, operation TEXT, facts BLOB NOT NULL,
    PRIMARY KEY (resource, api, operation)
) WITHOUT ROWID;
CREATE TABLE documents (
    resource TEXT, api TEXT, operation TEXT, number INTEGER, chunk BLOB NOT NULL,
    PRIMARY KEY (resource, api, operation, number)
);
CREATE TABLE counters (
    name TEXT, labels TEXT, value REAL NOT NULL,
    PRIMARY KEY (name, labels)
) WITHOUT ROWID;
"""
LATER_TABLES = (  # that files of 0.1.0 do not have
    """
CREATE TABLE IF NOT EXISTS departed (
    resource TEXT, api TEXT, operation TEXT, facts BLOB NOT NULL,
    PRIMARY KEY (resource, api, operation)
) WITHOUT ROWID;
""",
    "CREATE TABLE IF NOT EXISTS accounts (source TEXT PRIMARY KEY, list BLOB NOT NULL);",
    "CREATE TABLE IF NOT EXISTS today (charges BLOB NOT NULL);",  # one row
)
