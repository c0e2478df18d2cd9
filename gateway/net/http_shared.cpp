// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_shared.hpp"

#include <string_view>

#include "gateway/net/http_writer.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::net {

std::optional<port::HttpResponse> HttpShared::refusal(
    const HttpRoutes::Route* route, const port::HttpRequest& request
) const {
    if (draining || stopping) {
        auto response = plain_answer(503);
        response.headers.emplace_back("Retry-After", "5");
        return response;
    }
    if (!is_token_right(request)) {
        auto response = plain_answer(401);
        response.headers.emplace_back("WWW-Authenticate", "Bearer");
        return response;
    }
    if (route == nullptr) return plain_answer(404);
    if (!route->allows(request.method)) {
        auto response = plain_answer(405);
        response.headers.emplace_back("Allow", route->allow_header());
        return response;
    }
    return std::nullopt;
}

bool HttpShared::is_token_right(const port::HttpRequest& request) const {
    if (!token) return true;
    constexpr std::string_view scheme = "bearer ";
    const std::string_view given =
        port::header(request.headers, "Authorization").value_or(std::string_view());
    if (!iequals_ascii(given.substr(0, scheme.size()), scheme)) return false;
    return equal_constant_time(trim(given.substr(scheme.size())), token->reveal());
}

}  // namespace sallyport::net
