"""Articles in, story reports and digests out; knows nothing of Telegram."""
