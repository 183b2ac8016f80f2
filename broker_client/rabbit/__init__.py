"""What a RabbitMQ broker holds and does."""
