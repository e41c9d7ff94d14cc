"""Amazon Connect on this machine: it carries out the real flow files against the real Lambdas.

    language    a flow document as values         validator   what Connect would refuse at publish time
    catalogue   the rules of every action type    values      `$.` references and interpolation
    script      one flow running for one listener actions/    one small function per action type
    clock       real or virtual time              library     flow files by the names they are deployed under

    exchange    what callers, agents and doors can do; it only passes on to
    board       the switchboard: how a contact begins, listens, is held and ends; what all parts share
    waiting     into a queue and out of it        ringing     an agent's phone, whispers, the connection
    talk        speech, keys, hold, hang-up       consults    an agent's transfer: join, swap, complete, drop
    callbacks   a customer is called back         outbound    an agent calls a customer
    outside     phones that we call               recording   what is recorded, and where it lies
    parties     calls, contacts, queues           phones      the agents' phones and those outside
    floor       who rings where; figures          rooms       who hears whom
    stage       what a running flow finds here    scope, invocation, hours: what flows and Lambdas are told
    events, records, agent_events                 what Connect would emit

    aws         the ports to the deployed stack   api         Connect's own API: calls, numbers, users
    web         the telephones and that API over HTTP

Nothing here knows a tenant: that is the flows' and the Lambdas' affair, as it is on AWS.
"""
