"""Files that users name: read with limits and timeouts, and watched for changes."""
