"""What the bot serves over HTTP: Telegram's webhook, and what people and monitors read."""
