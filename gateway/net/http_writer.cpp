// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_writer.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <boost/beast/http/status.hpp>

#include "xmpp/core/text.hpp"

namespace sallyport::net {
namespace {

std::string_view reason_of(int status) {
    const auto text = boost::beast::http::obsolete_reason(
        boost::beast::http::int_to_status(static_cast<unsigned>(status))
    );
    return {text.data(), text.size()};
}

constexpr std::array<std::string_view, 4> our_own{
    "content-length", "connection", "transfer-encoding", "date"};

bool is_writable(std::string_view name, std::string_view value) {
    constexpr std::string_view breaks("\r\n\0", 3);
    if (name.empty() || name.find_first_of(breaks) != name.npos ||
        value.find_first_of(breaks) != value.npos)
        return false;
    return std::none_of(our_own.begin(), our_own.end(), [&](std::string_view own) {
        return iequals_ascii(own, name);
    });
}

bool has_no_body(int status) {
    return status == 204 || status == 304 || status < 200;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out += name;
    out += ": ";
    out += value;
    out += "\r\n";
}

/// The date changes once a second; requests come more often.
const std::string& cached_date(WallTime now) {
    thread_local std::chrono::sys_seconds second{};
    thread_local std::string text;
    const auto current = std::chrono::floor<std::chrono::seconds>(now);
    if (text.empty() || current != second) {
        second = current;
        text = http_date(now);
    }
    return text;
}

}  // namespace

std::string http_date(WallTime time) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const std::size_t used =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return {text.data(), used};
}

void write_answer(
    std::string& out, const port::HttpResponse& response, const AnswerFrame& frame, WallTime now
) {
    out += "HTTP/1.1 ";
    out += std::to_string(response.status);
    out += ' ';
    out += reason_of(response.status);
    out += "\r\n";
    append_field(out, "Date", cached_date(now));
    for (const auto& [name, value] : response.headers)
        if (is_writable(name, value)) append_field(out, name, value);
    if (!has_no_body(response.status))
        append_field(
            out, "Content-Length", std::to_string(frame.length.value_or(response.body.size()))
        );
    if (frame.close)
        append_field(out, "Connection", "close");
    else if (frame.http10)
        append_field(out, "Connection", "keep-alive");
    out += "\r\n";
    if (!frame.head_only && !frame.length && !has_no_body(response.status)) out += response.body;
}

port::HttpResponse plain_answer(int status) {
    std::string text = std::to_string(status) + ' ' + std::string(reason_of(status)) + '\n';
    return port::HttpResponse(status, std::move(text), "text/plain; charset=utf-8");
}

}  // namespace sallyport::net
