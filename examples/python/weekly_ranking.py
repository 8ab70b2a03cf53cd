"""Posts last week's best templates to a chat.

    python weekly_ranking.py --time-zone America/Lima --post-to https://chat.example.com/hooks/…

Last week is Monday to Sunday in the time zone given: run it on Monday mornings. The message is posted as {"text": …}, which Slack,
Mattermost, Rocket.Chat and Google Chat take; without --post-to it is printed.
"""

import argparse
import datetime
import json
import os
import sys
import urllib.error
import urllib.request
import zoneinfo

import acuse
from acuse.reporting.v1 import dimension_pb2, metrics_pb2, question_pb2, ranking_pb2, reporting_service_pb2_grpc


def last_week(now: datetime.datetime) -> tuple[datetime.date, datetime.date]:
    """Its Monday, and the Monday after it."""
    monday = now.date() - datetime.timedelta(days=now.weekday())
    return monday - datetime.timedelta(days=7), monday


def question(begin: datetime.date, end: datetime.date, zone: zoneinfo.ZoneInfo) -> question_pb2.Question:
    interval = dimension_pb2.Interval()
    for day, at in ((begin, interval.start_at), (end, interval.end_at)):
        at.FromDatetime(datetime.datetime.combine(day, datetime.time(), zone))
    return question_pb2.Question(period=question_pb2.Period(custom=interval), time_zone=zone.key)


def text(ranking: ranking_pb2.GetRankingResponse, begin: datetime.date, end: datetime.date) -> str:
    title = f"*Templates by read rate*, {begin:%d %B} to {end - datetime.timedelta(days=1):%d %B %Y}"
    # Where records begin within the week before, nobody is compared with a part of it.
    compared = ranking.previous_covered == ranking.previous
    lines = [line(row) + (f" ({moved(row)})" if compared else "") for row in ranking.rows]
    return "\n".join([title, *(lines or ["No template had messages enough."])])


def moved(row: ranking_pb2.RankingRow) -> str:
    if not row.HasField("movement"):
        return "new"
    return f"▲{row.movement}" if row.movement > 0 else f"▼{-row.movement}" if row.movement < 0 else "="


def line(row: ranking_pb2.RankingRow) -> str:
    name = row.value.name or row.value.id
    return f"{row.rank}. {name}: {row.figure:.1%} of {row.metrics.read_rate.denominator:,}"


def post(url: str, message: str) -> None:
    request = urllib.request.Request(url, json.dumps({"text": message}).encode(), {"content-type": "application/json"})
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.URLError as error:
        # Whoever knows the address may post to it: it is not for logs.
        sys.exit(f"the chat did not take the message: {getattr(error, 'reason', error)}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Posts last week's best templates to a chat.")
    parser.add_argument("--time-zone", type=zoneinfo.ZoneInfo, required=True)
    parser.add_argument("--minimum", type=int, default=50, help="messages that a template needs to be ranked")
    parser.add_argument("--post-to", metavar="URL")
    arguments = parser.parse_args()

    begin, end = last_week(datetime.datetime.now(arguments.time_zone))
    with acuse.connect(os.environ["ACUSE_REPORTING"], token=acuse.environment_token()) as channel:
        ranking = reporting_service_pb2_grpc.ReportingServiceStub(channel).GetRanking(
            ranking_pb2.GetRankingRequest(
                question=question(begin, end, arguments.time_zone),
                dimension=dimension_pb2.DIMENSION_TEMPLATE,
                metric=metrics_pb2.METRIC_READ_RATE,
                # So that few messages never come first for being few.
                rate_basis=ranking_pb2.RATE_BASIS_WILSON,
                minimum_volume=arguments.minimum,
                limit=10,
            ),
            timeout=30,
        )
    message = text(ranking, begin, end)
    if arguments.post_to:
        post(arguments.post_to, message)
    else:
        print(message)


if __name__ == "__main__":
    try:
        main()
    except acuse.Error as failed:
        sys.exit(str(failed))
