// SPDX-License-Identifier: Apache-2.0
#include "gateway/port/http.hpp"

#include "xmpp/core/text.hpp"

namespace sallyport::port {

std::optional<std::string_view> header(const HttpFields& fields, std::string_view name) {
    for (const auto& [key, value] : fields) {
        if (iequals_ascii(key, name)) return value;
    }
    return std::nullopt;
}

HttpResponse::HttpResponse(int s, std::string b, std::string content_type)
    : status(s), body(std::move(b)) {
    if (!content_type.empty()) headers.emplace_back("Content-Type", std::move(content_type));
}

}  // namespace sallyport::port
