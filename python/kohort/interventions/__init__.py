"""What is done, to whom, and how it reaches them: strategies, effects, places and queues."""
