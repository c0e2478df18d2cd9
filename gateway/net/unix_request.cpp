// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/unix_request.hpp"

#include <memory>
#include <string_view>

#include <curl/curl.h>

#include "xmpp/core/text.hpp"

namespace sallyport::net {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* target) {
    static_cast<port::HttpResponse*>(target)->body.append(bytes, count);
    return count;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* target) {
    const std::string_view line(bytes, count);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return count;
    const std::string_view value = trim(line.substr(colon + 1));
    static_cast<port::HttpResponse*>(target)->headers.emplace_back(line.substr(0, colon), value);
    return count;
}

void set_body(const Handle& curl, const port::HttpRequest& request) {
    if (request.method == "GET") return;
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body.c_str());
}

port::HttpFailure failure_of(CURLcode code) {
    const bool is_nobody = code == CURLE_COULDNT_CONNECT;
    const auto kind =
        is_nobody ? port::HttpFailure::Kind::not_sent : port::HttpFailure::Kind::ambiguous;
    return {kind, curl_easy_strerror(code)};
}

}  // namespace

port::HttpResult ask_unix(const std::filesystem::path& socket, const port::HttpRequest& request) {
    const Handle curl(curl_easy_init(), curl_easy_cleanup);
    port::HttpResponse response;
    curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_URL, ("http://localhost" + request.url).c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &response);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &response);
    set_body(curl, request);
    port::HttpResult result;
    if (const CURLcode code = curl_easy_perform(curl.get()); code != CURLE_OK) {
        result.failure = failure_of(code);
        return result;
    }
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    result.response = std::move(response);
    return result;
}

}  // namespace sallyport::net
