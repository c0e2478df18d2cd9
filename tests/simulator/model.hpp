// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/encoding.hpp"
#include "tests/simulator/signing.hpp"

namespace simulator {

using Milliseconds = std::chrono::milliseconds;
using Time = std::chrono::system_clock::time_point;

/// A request as it was received; header names are in lower case, form fields are those of a form
/// body.
struct Incoming {
    std::string method;
    std::string target;
    std::string path;
    Fields query;
    Fields headers;
    Fields form;
    std::string body;
};

/// How a request ends: with an answer, never, with a closed connection, or with news without end.
enum class Ending { answer, hang, close, stream };

struct Answer {
    unsigned status = 200;
    std::string body;
    std::string type = "application/json";
    Fields headers{};
    Ending ending = Ending::answer;
    /// Waited for before the first byte.
    Milliseconds delay{0};
    /// Called when the answer is out, or when there will be none.
    std::function<void()> after{};
    /// For a stream: what is new since the last call; called after every change of the world.
    std::function<std::string()> news{};
};

/// A webhook to send: a POST of `body`, or a GET.
struct Webhook {
    std::string method = "POST";
    std::string url;
    std::string body{};
    std::string type{};
    Fields headers{};
};

/// Which faults are tried again, how often and how soon, and how long is waited.
struct RetryRule {
    int attempts = 1;
    bool on_connect = true;
    bool on_timeout = true;
    bool on_4xx = true;
    bool on_5xx = true;
    Milliseconds connect_timeout{5000};
    Milliseconds answer_timeout{15000};
    Milliseconds pause{1000};
};

/// What happens to a send: see README.md, `POST /_sim/behave`.
struct Behaviour {
    int times = 1;
    std::string to{};
    std::string text{};
    unsigned status = 0;
    std::string code{};
    std::optional<int> retry_after{};
    std::optional<std::string> body{};
    std::string content_type = "text/plain";
    bool hang = false;
    bool close = false;
    Milliseconds delay{0};
    std::optional<bool> accept{};
    std::string report = "delivered";
    std::string report_code{};
    std::optional<Milliseconds> report_delay{};
    bool report_early = false;
    int report_times = 1;
    bool report_reversed = false;
    Signing report_signing = Signing::good;
    /// For people: what was asked for at the phone; "" for a test's rules.
    std::string label{};

    [[nodiscard]] bool is_accepted() const {
        return accept.value_or(status < 300 && !body && !close);
    }
};

struct MediaItem {
    std::string url;
    std::string type;
    std::string name{};
};

/// One attempt of a webhook; `status` 0 = no answer, then `error` says why.
struct Attempt {
    unsigned status = 0;
    std::string error{};
    Milliseconds took{0};
};

/// A webhook's attempts so far.
struct Progress {
    int attempts = 0;
    Attempt last{};
    /// No attempt will follow.
    bool is_over = false;
};

struct Report {
    std::string state;
    unsigned status = 0;
    int attempt = 0;
};

/// A text in either direction. Shared with the coroutines that carry it, which may outlive a reset.
struct Message {
    std::string id;
    std::string provider;
    bool is_outbound = true;
    std::string from;
    std::string to;
    std::string text;
    std::vector<MediaItem> media{};
    std::vector<std::string> others{};
    std::string callback{};
    std::string ttl{};
    std::string idempotency_key{};
    /// Kannel's dlr-mask.
    int report_mask = 31;
    std::string state = "accepted";
    std::string code{};
    Time at{};
    std::optional<Time> sent_at{};
    unsigned status = 0;
    std::vector<Report> reports{};
    /// Of the phone's text: how it got on with the gateway.
    Progress progress{};
    Behaviour behaviour{};
    /// The world's revision when this last changed.
    std::uint64_t revision = 0;

    /// The last path segment of the callback: the gateway's own name for the message.
    [[nodiscard]] std::string token() const;
};
using MessagePtr = std::shared_ptr<Message>;

struct Config {
    std::string provider = "twilio";
    std::vector<std::string> numbers{};
    std::string phone = "+15551234567";
    std::string webhook{};
    std::string account_sid = "AC00000000000000000000000000000001";
    std::string auth_token = "simulator-token";
    std::string api_key = "simulator-key";
    std::string telnyx_seed{};
    std::string username = "simulator";
    std::string password = "simulator";
    std::optional<int> retries{};
    std::optional<Milliseconds> retry_delay{};
    Milliseconds report_delay{0};
    Behaviour usual{};
    /// Where this program answers, without a slash at the end.
    std::string url{};

    [[nodiscard]] bool owns(const std::string& number) const;
};

struct File {
    std::string type;
    std::string bytes;
};

}  // namespace simulator
