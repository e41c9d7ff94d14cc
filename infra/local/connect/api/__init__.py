"""Amazon Connect's own API, as far as our functions and commands use it; HTTP is in `web.connect_api`.

model       botocore's model of the service: which operation, do question and answer fit
service     who answers which operation, at what rate; refusals by their names
contacts    calls and recordings, on the exchange
numbers     numbers on offer, claimed, led into a flow, released
users       users, and the profiles that they are made with
books       the numbers and users that there are; kept in a file, if there is one
"""
