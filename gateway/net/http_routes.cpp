// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_routes.hpp"

#include <algorithm>

namespace sallyport::net {
namespace {

std::string_view without_slash(std::string_view path) {
    while (path.ends_with('/')) path.remove_suffix(1);
    return path;
}

}  // namespace

bool HttpRoutes::Route::allows(std::string_view method) const {
    const auto has = [this](std::string_view m) {
        return std::find(methods.begin(), methods.end(), m) != methods.end();
    };
    return has(method) || (method == "HEAD" && has("GET"));
}

std::string HttpRoutes::Route::allow_header() const {
    std::string out;
    for (const std::string& method : methods) {
        out += out.empty() ? method : ", " + method;
        if (method == "GET") out += ", HEAD";
    }
    return out;
}

void HttpRoutes::add_below(std::string path, Route route) {
    below_.insert_or_assign(std::string(without_slash(path)), std::move(route));
}

void HttpRoutes::remove_below(std::string_view path) {
    const auto found = below_.find(without_slash(path));
    if (found != below_.end()) below_.erase(found);
}

const HttpRoutes::Route* HttpRoutes::find(std::string_view target) const {
    std::string_view path = target.substr(0, target.find_first_of("?#"));
    if (const auto found = exact_.find(path); found != exact_.end()) return &found->second;
    while (true) {
        if (const auto found = below_.find(path); found != below_.end()) return &found->second;
        const std::size_t slash = path.rfind('/');
        if (slash == std::string_view::npos) return nullptr;
        path = path.substr(0, slash);
    }
}

}  // namespace sallyport::net
