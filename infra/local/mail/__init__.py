"""Mail on this machine: what Amazon SES does in the cloud, over SMTP on loopback.

Mail for a domain of a client goes in: raw into S3 and a notice on SNS, exactly as an SES receipt rule does it.
Everything else goes out: into a folder, to be read at /mail instead of leaving the machine.
"""
