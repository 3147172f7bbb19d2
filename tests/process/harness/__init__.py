"""What the process tests share: a node, HTTP and WebSocket clients, people, the API's document."""
