"""What runs jobs: tick, dispatch, runner, batch, executor, maintenance."""
