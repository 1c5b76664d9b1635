-- An open row nearly always waits. Unaware of it, the planner gave the index of due rows up when many were due.
create statistics tickwork.jobs_phase_status (dependencies) on phase, status from tickwork.jobs;
