"""One run of `launch`: ask for the plan, show it, do it, wait."""

import sys
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

import click

from app.cli.api.client import opened_api
from app.cli.launching.launch_connection import check, failed, launch_client
from app.cli.launching.launch_report import Report
from app.cli.launching.prepared_plan import Options, PlanHasErrors, Prepared, prepare
from app.cli.launching.template_lookup import TemplateReference
from app.domain.characters import escaped
from app.launch import convergence, job_bundle, rollback
from app.launch.answers import LaunchEndpoint
from app.launch.build_wait import until_ready
from app.launch.decision import Action, Decision
from app.launch.errors import BuildFailed, LaunchError, LaunchUnreachable, NotReadyInTime
from app.launch.launch_client import LaunchClient
from app.launch.pace import Pace
from app.launch.search import LATEST, look
from app.settings import Settings

IDENTITY = "launch"
"""The caller of operations on the database."""


async def launch(
    settings: Settings, reference: TemplateReference, options: Options, pace: Pace
) -> None:
    """Raises CommandError, SettingError and click.UsageError."""
    check(settings)
    async with opened_api(settings, identity=IDENTITY) as api:
        prepared = await prepare(api, settings, reference, options)
    report = Report(prepared.redactor, pace)
    client = launch_client(settings, pace, prepared.redactor)
    async with client:
        run = LaunchRun(client, report, prepared, options)
        try:
            if options.fine_tuning:
                await run.fine_tuning_bundle()
            elif prepared.plan.create_model_endpoint_request is None:
                await run.bundle_alone()
            else:
                await run.endpoint()
        except LaunchError as error:
            raise failed(error, prepared.redactor) from None


class LaunchRun:
    """Brings Launch to what a plan asks for, and says so."""

    def __init__(
        self, client: LaunchClient, report: Report, prepared: Prepared, options: Options
    ) -> None:
        self._client = client
        self._report = report
        self._prepared = prepared
        self._options = options
        self._deadline = monotonic() + options.timeout

    async def endpoint(self) -> None:
        """The endpoint with its bundle."""
        wanted, may = self._prepared.wanted(), self._options.may
        decision = await convergence.plan(self._client, wanted, may)
        if self._options.rollback:
            rollback.check(decision)
        self._head()
        self._report.decision(decision, self._prepared.origin)
        if self._options.dry_run:
            return
        if decision.action is not Action.KEEP:
            self._confirm()
        self._deadline = monotonic() + self._options.timeout
        try:
            ready = await self._done(decision)
        except LaunchError as error:
            raise failed(
                error, self._prepared.redactor, *await self._after(error, decision)
            ) from None
        self._report.say(_result(ready, self._prepared.origin, is_waited=self._options.wait))

    async def _done(self, decision: Decision) -> LaunchEndpoint:
        """The endpoint after everything was written, and built unless nobody waits for that."""
        before = decision.endpoint
        if decision.action is Action.CHANGE and before and not before.has_run:
            before = await convergence.until_settled(
                self._client, before, self._deadline, self._report.progress
            )
        written = await convergence.carry_out(self._client, decision)
        if not self._options.wait:
            return written
        is_changed = decision.action is Action.CHANGE and before is not None
        return await until_ready(
            self._client,
            written,
            decision.wanted.is_run_by,
            self._deadline,
            self._report.progress,
            changed_after=before.last_update if is_changed and before else None,
        )

    async def _after(self, error: LaunchError, decision: Decision) -> list[str]:
        """Rolls back if asked to, and says what is there now."""
        if isinstance(error, LaunchUnreachable) or decision.action is Action.KEEP:
            return []
        try:
            if self._options.rollback:
                self._report.say(f"{error}\nRolling back ...", err=True)
                deadline = monotonic() + self._options.timeout
                progress = self._report.progress
                return [await rollback.roll_back(self._client, decision, deadline, progress)]
            if isinstance(error, BuildFailed | NotReadyInTime):
                return ["What was written stays; --rollback would put back what was there before."]
            found = await look(self._client, decision.wanted.name, LATEST)
        except LaunchError as second:
            return [f"Then this failed, too: {second}"]
        now = found.describe() if found else "no endpoint of this name"
        return [f"What is there now: {now}."]

    async def bundle_alone(self) -> None:
        """The bundle of a template for batch jobs, which have no endpoint."""
        wanted = self._prepared.wanted()
        known = await convergence.known_bundle(self._client, wanted)
        body = wanted.bundle_body()
        await self._bundle(
            "/v2/model-bundles",
            body,
            known,
            lambda: convergence.ensure_bundle(self._client, wanted, known),
            "The template is for batch jobs, which need no endpoint.",
        )

    async def fine_tuning_bundle(self) -> None:
        """The bundle for fine-tuning jobs."""
        request = self._prepared.plan.create_docker_image_batch_job_bundle_request
        if request is None:
            raise PlanHasErrors(f"{self._prepared.origin} has no fine-tuning job; nothing was sent")
        known = await job_bundle.up_to_date(self._client, request)
        await self._bundle(
            "/v1/docker-image-batch-job-bundles",
            request,
            known,
            lambda: job_bundle.create(self._client, request),
        )

    async def _bundle(
        self,
        path: str,
        body: dict[str, Any],
        known: str | None,
        make: Callable[[], Awaitable[str]],
        *notes: str,
    ) -> None:
        self._head()
        self._report.bundle(path, body, known, self._prepared.origin)
        for note in notes:
            self._report.say(f"Note: {note}")
        if self._options.dry_run:
            return
        if known is None:
            self._confirm()
            known = await make()
        self._report.say(escaped(f"Bundle {body['name']} ({known}) is there."))

    def _head(self) -> None:
        self._report.say(f"Template  {self._prepared.origin} ({self._prepared.template.id})")
        self._report.say(f"Launch    {self._client.url}")

    def _confirm(self) -> None:
        if self._options.yes:
            return
        if not sys.stdin.isatty():
            raise click.UsageError("nothing was written: confirm with --yes")
        click.confirm("Do this in Launch?", abort=True)


def _result(endpoint: LaunchEndpoint, origin: str, *, is_waited: bool) -> str:
    state = f", {endpoint.workers}" if endpoint.workers else ""
    if is_waited:
        return escaped(f"Endpoint {endpoint.describe()}{state}. It runs {origin}.")
    return escaped(
        f"Launch has accepted {origin}: {endpoint.describe()}. To see when it is ready, run the "
        "same command again without --no-wait, or `launched`."
    )
