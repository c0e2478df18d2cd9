// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_parser.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "xmpp/core/text.hpp"

namespace sallyport::net {
namespace {

namespace http = boost::beast::http;
using Code = boost::beast::error_code;
using View = boost::beast::string_view;

std::string_view plain(View text) {
    return {text.data(), text.size()};
}

/// RFC 9112 §3.2.2: a server must take the absolute form too; we route by path alone.
void to_origin_form(std::string& target) {
    const std::size_t scheme = target.find("://");
    if (target.starts_with('/') || scheme == std::string::npos) return;
    const std::size_t path = target.find_first_of("/?", scheme + 3);
    target = path == std::string::npos ? "/" : target.substr(path);
    if (target.front() == '?') target.insert(0, "/");
}

/// Beast's grammar; fields go straight into our own value, without Beast's container between.
class Grammar final : public http::basic_parser<true> {
  public:
    port::HttpRequest request;
    int http_version = 11;
    bool has_host = false;
    bool expects_continue = false;
    bool strange_coding = false;
    bool is_refused = false;
    std::size_t body_bytes = 0;  ///< at most, without a sink
    const HttpParser::Plan* plan = nullptr;

  private:
    void on_request_impl(http::verb, View method, View target, int version, Code&) override {
        http_version = version;
        request.method = plain(method);
        request.url = plain(target);
    }
    void on_response_impl(int, View, int, Code&) override {}
    void on_field_impl(http::field name, View text, View value, Code&) override {
        if (name == http::field::host) has_host = true;
        if (name == http::field::expect)
            expects_continue = iequals_ascii(plain(value), "100-continue");
        if (name == http::field::transfer_encoding)
            strange_coding = !iequals_ascii(plain(value), "chunked");
        request.headers.emplace_back(plain(text), plain(value));
    }
    void on_header_impl(Code& code) override {
        const auto length = content_length();
        const bool has_body = chunked() || (length && *length > 0);
        if (!has_body || strange_coding) return;
        // What routes by path must see the path as it will be.
        to_origin_form(request.url);
        HttpParser::BodyPlan wanted = *plan ? (*plan)(request) : HttpParser::BodyPlan();
        sink_ = std::move(wanted.sink);
        if (wanted.refuse)
            refuse(code);
        else if (!sink_ && length && *length > body_bytes)
            code = http::error::body_limit;
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, Code&) override {
        constexpr std::uint64_t most_reserved =
            64 * 1024;  // a promise of bytes is not yet a reason to hold memory
        if (length && !sink_)
            request.body.reserve(static_cast<std::size_t>(std::min(*length, most_reserved)));
    }
    std::size_t on_body_impl(View body, Code& code) override {
        take(plain(body), code);
        return body.size();
    }
    void on_chunk_header_impl(std::uint64_t size, View, Code& code) override {
        const bool fits = size <= body_bytes && request.body.size() <= body_bytes - size;
        if (!sink_ && !fits) code = http::error::body_limit;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, View body, Code& code) override {
        take(plain(body), code);
        return body.size();
    }
    void on_finish_impl(Code&) override {}

    void take(std::string_view body, Code& code) {
        if (sink_) {
            if (!sink_(body)) refuse(code);
        } else if (request.body.size() + body.size() > body_bytes) {
            code = http::error::body_limit;
        } else {
            request.body.append(body);
        }
    }
    void refuse(Code& code) {
        is_refused = true;
        code = http::error::body_limit;
    }

    std::function<bool(std::string_view)> sink_;
};

struct Fault {
    http::error error;
    int status;
};
constexpr std::array faults{
    Fault{http::error::header_limit, 431},
    Fault{http::error::body_limit, 413},
    Fault{http::error::bad_version, 505},
};

int status_of(const Code& code) {
    const auto* const found = std::find_if(faults.begin(), faults.end(), [&](const Fault& fault) {
        return code == fault.error;
    });
    return found == faults.end() ? 400 : found->status;
}

}  // namespace

class HttpParser::Beast {
  public:
    Plan plan;
    std::optional<Grammar> grammar;
    Status status = Status::idle;
    int fault = 400;

    void fail(int with) {
        status = Status::failed;
        fault = with;
    }
    /// The rules that need the whole head.
    void check_head() {
        if (grammar->strange_coding)
            fail(501);
        else if (!grammar->has_host && grammar->http_version == 11)
            fail(400);
        else
            to_origin_form(grammar->request.url);
    }
};

HttpParser::HttpParser(std::size_t header_bytes, std::size_t body_bytes)
    : beast_(std::make_unique<Beast>()), header_bytes_(header_bytes), body_bytes_(body_bytes) {
    next();
}
HttpParser::~HttpParser() = default;

void HttpParser::set_plan(Plan plan) {
    beast_->plan = std::move(plan);
}

void HttpParser::next() {
    beast_->grammar.emplace();
    beast_->grammar->eager(true);
    beast_->grammar->header_limit(static_cast<std::uint32_t>(header_bytes_));
    beast_->grammar->body_limit(boost::none);  // ours differs from route to route
    beast_->grammar->body_bytes = body_bytes_;
    beast_->grammar->plan = &beast_->plan;
    beast_->status = Status::idle;
}

std::size_t HttpParser::feed(std::string_view bytes) {
    if (bytes.empty() || beast_->status >= Status::complete) return 0;
    Grammar& grammar = *beast_->grammar;
    const bool had_head = grammar.is_header_done();
    Code code;
    const std::size_t taken = grammar.put(boost::asio::buffer(bytes.data(), bytes.size()), code);
    beast_->status = grammar.is_header_done() ? Status::body : Status::header;
    if (code && code != http::error::need_more) {
        beast_->fail(grammar.is_refused ? 0 : status_of(code));
        return taken;
    }
    if (!grammar.is_header_done() && bytes.size() - taken > header_bytes_) beast_->fail(431);
    if (!had_head && grammar.is_header_done()) beast_->check_head();
    if (grammar.is_done() && beast_->status != Status::failed) beast_->status = Status::complete;
    return taken;
}

HttpParser::Status HttpParser::status() const {
    return beast_->status;
}
int HttpParser::fault() const {
    return beast_->fault;
}
bool HttpParser::take_expects_continue() {
    return std::exchange(beast_->grammar->expects_continue, false);
}
bool HttpParser::keeps_alive() const {
    return beast_->grammar->keep_alive();
}
bool HttpParser::is_http10() const {
    return beast_->grammar->http_version < 11;
}
port::HttpRequest HttpParser::take() {
    return std::move(beast_->grammar->request);
}

}  // namespace sallyport::net
