// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "gateway/net/http_server.hpp"
#include "gateway/port/http.hpp"

namespace sallyport::net {

/// Which handler serves a path: exact paths first, then the longest prefix that ends at a '/' or at
/// the path's end.
class HttpRoutes {
  public:
    using Handler = std::variant<port::WebhookHandler, FileHandler, ReceiveHandler>;
    struct Route {
        std::vector<std::string> methods;
        Handler handler;
        bool allows(std::string_view method) const;
        std::string allow_header() const;
    };

    void add_exact(std::string path, Route route) {
        exact_.insert_or_assign(std::move(path), std::move(route));
    }
    void add_below(std::string path, Route route);
    void remove_below(std::string_view path);
    /// `target` may carry a query. The pointer lives until the routes change.
    const Route* find(std::string_view target) const;

  private:
    using Table = std::map<std::string, Route, std::less<>>;
    Table exact_;
    Table below_;  ///< keys without a trailing slash
};

}  // namespace sallyport::net
