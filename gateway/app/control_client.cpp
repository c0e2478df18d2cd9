// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/control_client.hpp"

#include <cerrno>
#include <charconv>
#include <memory>

#include <curl/curl.h>
#include <unistd.h>

#include "gateway/app/control.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::app {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
constexpr long patience_seconds = 3600;  // a backup of a large database
constexpr long health_seconds = 5;

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* target) {
    static_cast<ControlReply*>(target)->answer.text.append(bytes, count);
    return count;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* target) {
    const std::string_view line(bytes, count);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || !iequals_ascii(line.substr(0, colon), "Exit-Code"))
        return count;
    const std::string_view value = trim(line.substr(colon + 1));
    std::from_chars(
        value.data(), value.data() + value.size(), static_cast<ControlReply*>(target)->answer.exit
    );
    return count;
}

Handle make_handle(
    const std::filesystem::path& socket, const std::string& path, ControlReply& reply
) {
    Handle curl(curl_easy_init(), curl_easy_cleanup);
    curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_URL, ("http://localhost" + path).c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &reply);
    return curl;
}

void perform(const Handle& curl, const std::filesystem::path& socket, ControlReply& reply) {
    const CURLcode code = curl_easy_perform(curl.get());
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK) {
        reply.status = static_cast<int>(status);
        return;
    }
    reply.why = socket.string() + ": " + curl_easy_strerror(code);
    reply.was_asked = code != CURLE_COULDNT_CONNECT;
    reply.is_forbidden = access(socket.c_str(), W_OK) != 0 && errno == EACCES;
}

}  // namespace

ControlReply ask_gateway(
    const std::filesystem::path& socket, const std::vector<std::string>& words
) {
    ControlReply reply;
    reply.answer.exit = Exit::internal;  // a gateway that does not say
    const std::string body = encode_words(words);
    const Handle curl = make_handle(socket, "/command", reply);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, patience_seconds);
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    perform(curl, socket, reply);
    return reply;
}

ControlReply ask_readiness(const std::filesystem::path& socket) {
    ControlReply reply;
    const Handle curl = make_handle(socket, "/readyz?verbose", reply);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, health_seconds);
    perform(curl, socket, reply);
    reply.answer.exit = reply.status == 200 ? Exit::ok : Exit::unavailable;
    return reply;
}

}  // namespace sallyport::app
