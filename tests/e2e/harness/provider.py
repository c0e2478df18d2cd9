# SPDX-License-Identifier: Apache-2.0
"""Webhook signatures computed here once more, apart from the simulator's C++: two readings of one specification."""
import base64
import hashlib
import hmac
import urllib.parse

from .http import http


def twilio_signature(token, url, fields):
    """https://www.twilio.com/docs/usage/security: URL, then sorted names with their unique sorted values."""
    said = url
    for name in sorted({key for key, _ in fields}):
        said += "".join(name + value for value in sorted({v for k, v in fields if k == name}))
    return base64.b64encode(hmac.new(token.encode(), said.encode(), hashlib.sha1).digest()).decode()


async def twilio_post(url, token, fields, signature=None, content_type="application/x-www-form-urlencoded", body=None):
    """Posts a webhook as Twilio does; `signature` and `body` overrule what would be right."""
    fields = list(fields.items()) if isinstance(fields, dict) else list(fields)
    signature = twilio_signature(token, url, fields) if signature is None else signature
    data = urllib.parse.urlencode(fields).encode() if body is None else body
    return await http("POST", url, data, {"Content-Type": content_type, "X-Twilio-Signature": signature})


def twilio_text(message_id, from_, to, text, **more):
    return {"MessageSid": message_id, "SmsSid": message_id, "AccountSid": "AC00000000000000000000000000000001",
            "From": from_, "To": to, "Body": text, "NumMedia": "0", "NumSegments": "1", **more}
