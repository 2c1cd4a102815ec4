"""``python -m exporter`` is the command ``azure-ai-exporter``."""

from exporter.commands.cli import main

if __name__ == "__main__":
    main()
