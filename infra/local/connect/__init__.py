"""Amazon Connect on this machine: it carries out the real flow files against the real Lambdas.

    language    a flow document as values         validator   what Connect would refuse at publish time
    catalogue   the rules of every action type    values      `$.` references and interpolation
    script      one flow running for one listener actions/    one small function per action type
    exchange    calls, queues, agents, rings      events, records   what Connect would emit
    clock       real or virtual time              library     flow files by the names they are deployed under
    aws         the ports to the deployed stack   web         the customer's and the agent's phone over HTTP

Nothing here knows a tenant: that is the flows' and the Lambdas' affair, as it is on AWS.
"""
