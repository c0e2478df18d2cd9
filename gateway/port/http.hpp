// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sallyport::port {

/// Header and query names compare without case through `header()`; order and repeats are kept.
using HttpFields = std::vector<std::pair<std::string, std::string>>;

/// The first field of that name (ASCII case ignored), or nothing.
std::optional<std::string_view> header(const HttpFields& fields, std::string_view name);

/// A request that we make (url absolute) or that was made to us (target = path and query as
/// received).
struct HttpRequest {
    std::string method = "GET";
    std::string url;  ///< ours: absolute; theirs: the target "/hook/…?…"
    HttpFields headers;
    std::string body;
    std::string peer;                           ///< theirs: remote address, for logs and limits
    std::chrono::milliseconds timeout{30'000};  ///< ours: from start to the last byte
    std::size_t max_body_bytes = 1024 * 1024;   ///< ours: of the answer
    std::optional<std::string> username;        ///< ours: Basic authentication
    std::optional<std::string> password;
    bool follow_redirects = false;
    /// Ours: asked twice is as good as once, so it may be sent again when a kept connection ends
    /// without an answer (RFC 9110 §9.2.2). Whatever the method: some providers send by GET.
    bool is_idempotent = false;
    bool public_addresses_only =
        false;  ///< ours: refuse to connect to private, loopback and link-local addresses…
    std::vector<std::string> trusted_networks;  ///< …except these CIDRs

    HttpRequest() = default;
    HttpRequest(std::string m, std::string u) : method(std::move(m)), url(std::move(u)) {}
};

struct HttpResponse {
    int status = 200;
    HttpFields headers;
    std::string body;

    HttpResponse() = default;
    explicit HttpResponse(int s, std::string b = {}, std::string content_type = {});
};

/// Why there is no response, as far as it decides whether the request may have been acted upon
/// (sms.md §6.1).
struct HttpFailure {
    enum class Kind {
        not_sent,   ///< DNS, TCP or TLS failed before the first byte of the request was written
        ambiguous,  ///< the request was written, at least in part: timeout, reset, garbage, answer
                    ///< too large
        refused     ///< we refused: private address, bad URL, too many redirects
    };
    Kind kind = Kind::not_sent;
    std::string text;
    HttpFailure() = default;
    HttpFailure(Kind k, std::string t) : kind(k), text(std::move(t)) {}
};

/// Exactly one of the two is set.
struct HttpResult {
    std::optional<HttpResponse> response;
    std::optional<HttpFailure> failure;
};

using HttpDone = std::function<void(HttpResult)>;
using Respond =
    std::function<void(HttpResponse)>;  ///< call once, on the network thread, at any later time
using WebhookHandler = std::function<void(HttpRequest, Respond)>;

}  // namespace sallyport::port
