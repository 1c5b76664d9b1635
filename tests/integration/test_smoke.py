def test_a_job_runs(api):
    job = api.create("ok", {"n": 1})
    report = api.tick()
    assert report["completed"] == 1, report
    done = api.job(job["id"])
    assert done["status"] == "completed"
    assert done["result"] == {"echo": {"n": 1}}
    assert [a["outcome"] for a in done["attempts"]] == ["completed"]
    assert api("GET", "/jobs").json["items"][0]["id"] == job["id"]
    stats = api("GET", "/jobs/stats").json
    assert stats["counts"]["completed"] == 1, stats
    assert api("GET", "/health").json["status"] == "ok"
    assert api("GET", "/job-types").status_code == 200
    failing = api.create("fails", max_retries=1)
    assert api.tick()["retried"] == 1
    assert api("PATCH", f"/jobs/{failing['id']}", json={"delay_seconds": 0}).status_code == 200
    assert api.tick()["failed"] == 1
    print(api.job(failing["id"]))
    assert api("PUT", f"/jobs/{failing['id']}/retry").json["status"] == "pending"
    assert api("PUT", f"/jobs/{failing['id']}/cancel").json["status"] == "cancelled"
    assert api("PUT", f"/jobs/{failing['id']}/cancel").status_code == 409
    assert api("PUT", "/jobs/retry", json={"filter": {"status": ["cancelled"]}}).json["changed"] == 1
    assert api("GET", "/jobs/count?status=pending").json["count"] == 1
    assert api("GET", "/jobs?q=BOOM&sort=-priority").json["items"] == []
