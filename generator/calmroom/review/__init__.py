"""What a pull request changes in meaning: `calmroom review`, as Markdown for a comment and as JSON for bots."""
