"""What the bot does when somebody writes to it or presses a button; one noun a file."""
