"""What Celery does, seen from outside: no user code is ever imported, no pickle is ever loaded."""
