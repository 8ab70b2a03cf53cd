"""Asks DuckDB: reads a job as JSON from standard input and writes what it measured as JSON to standard output."""

import json
import sys
import time

import duckdb

job = json.load(sys.stdin)
connection = duckdb.connect(job["database"])
for statement in job["setup"]:
    connection.execute(statement)

answers = []
for question in job["questions"]:
    seconds = []
    for repetition in range(job["repeats"] + 1):
        begun = time.perf_counter()
        tables = []
        for statement in question:
            cursor = connection.execute(statement)
            tables.append(cursor.fetchall())
            if len(tables) == 1:
                columns = [column[0] for column in cursor.description]
        # The first one only warms up.
        if repetition > 0:
            seconds.append(time.perf_counter() - begun)
    sums = [0] * len(job["figures"])
    for row in tables[0]:
        named = dict(zip(columns, row))
        if named.get("is_current", True):
            sums = [sum + named[figure] for sum, figure in zip(sums, job["figures"])]
    answers.append({"seconds": seconds, "sums": sums})
json.dump(answers, sys.stdout)
