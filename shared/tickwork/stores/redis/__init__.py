"""Redis or Valkey: when each job is due. All Lua is in lua/."""
