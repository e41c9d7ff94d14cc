"""The Chalice app: every door is a blueprint of its plane, registered here by one line."""

from chalice.app import Chalice

from chalicelib import entry
from chalicelib.billing.doors import costs as billing_costs
from chalicelib.billing.doors import files as billing_files
from chalicelib.billing.doors import invoices as billing
from chalicelib.billing.doors import ledger as billing_ledger
from chalicelib.billing.doors import lifecycle as billing_lifecycle
from chalicelib.billing.doors import plans as billing_plans
from chalicelib.billing.doors import printing as billing_printing
from chalicelib.billing.doors import runs as billing_runs
from chalicelib.billing.doors import usage as billing_usage
from chalicelib.billing.doors import watch as billing_watch
from chalicelib.channels.chat.doors import public as chat
from chalicelib.channels.chat.doors import push as chat_push
from chalicelib.channels.email import doors as email
from chalicelib.channels.voice.doors import calls as voice
from chalicelib.channels.voice.doors import lost as voice_lost
from chalicelib.channels.voice.doors import streams as voice_streams
from chalicelib.contacts import doors as contacts
from chalicelib.desk.doors import calls as desk_calls
from chalicelib.desk.doors import commands as desk_commands
from chalicelib.desk.doors import live as desk_live
from chalicelib.desk.doors import outreach as desk_outreach
from chalicelib.desk.doors import pages as desk_pages
from chalicelib.desk.doors import push as desk_push
from chalicelib.outreach.doors import appointments as outreach_appointments
from chalicelib.outreach.doors import campaigns as outreach_campaigns
from chalicelib.outreach.doors import clock as outreach_clock
from chalicelib.outreach.doors import do_not_call as outreach_do_not_call
from chalicelib.outreach.doors import oncall as outreach_oncall
from chalicelib.routing.doors import planning as routing_planning
from chalicelib.routing.doors import timeouts
from chalicelib.tenancy.doors import pages as tenancy
from chalicelib.tenancy.doors import session

app = Chalice(app_name="manyline", configure_logs=False)
app.experimental_feature_flags.update(["WEBSOCKETS"])

app.register_blueprint(session.bp)
app.register_blueprint(tenancy.bp)
app.register_blueprint(contacts.bp)
app.register_blueprint(timeouts.bp)
app.register_blueprint(routing_planning.bp)
app.register_blueprint(voice.bp)
app.register_blueprint(voice_streams.bp)
app.register_blueprint(voice_lost.bp)
app.register_blueprint(email.bp)
app.register_blueprint(chat.bp)
app.register_blueprint(chat_push.bp)
app.register_blueprint(desk_pages.bp)
app.register_blueprint(desk_commands.bp)
app.register_blueprint(desk_calls.bp)
app.register_blueprint(desk_outreach.bp)
app.register_blueprint(desk_push.bp)
app.register_blueprint(desk_live.bp)
app.register_blueprint(outreach_appointments.bp)
app.register_blueprint(outreach_campaigns.bp)
app.register_blueprint(outreach_do_not_call.bp)
app.register_blueprint(outreach_oncall.bp)
app.register_blueprint(outreach_clock.bp)
app.register_blueprint(billing.bp)
app.register_blueprint(billing_costs.bp)
app.register_blueprint(billing_lifecycle.bp)
app.register_blueprint(billing_ledger.bp)
app.register_blueprint(billing_files.bp)
app.register_blueprint(billing_runs.bp)
app.register_blueprint(billing_usage.bp)
app.register_blueprint(billing_printing.bp)
app.register_blueprint(billing_plans.bp)
app.register_blueprint(billing_watch.bp)


@app.route("/api/alive")
@entry.request(app, lambda: None, public=True)
def alive(_: None, call: entry.Call) -> dict[str, bool]:
    """What a start waits for, and a load balancer may ask: the functions answer."""
    return {"alive": True}
