"""Warren's library: it asks RabbitMQ, Redis and Celery questions and returns frozen facts.

It knows no Qt and prints nothing (the command line in ``__main__`` does). Every call has a deadline and either
returns a fact or raises a :class:`~broker_client.errors.BrokerError` that says what failed, why, and what to try.
"""

__version__ = "0.1.0"
