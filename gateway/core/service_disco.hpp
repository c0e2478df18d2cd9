// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/core/router.hpp"
#include "gateway/core/world.hpp"
#include "xmpp/xep/disco.hpp"

namespace sallyport::core {

/// Service discovery and entity capabilities (gateway.md §2.2), built from the router's rows so
/// that what is announced is what is answered. Contacts of one domain are one capability class: one
/// hash for all of them.
class ServiceDisco {
  public:
    ServiceDisco(World& world, Router& router);

    /// The disco#info of the domain or of any of its contacts, without a node.
    xmpp::DiscoInfo info(const Domain& domain, To to) const;
    /// Its hash (XEP-0115), for presences; computed once.
    std::string caps(const Domain& domain, To to);
    /// The configuration changed: hashes are computed anew.
    void reload() { hashes_.clear(); }
    /// Entries under the commands node of the domain for this user; none = the node is not
    /// announced.
    using ListCommands = std::function<std::vector<xmpp::DiscoItem>(const Request&)>;
    void set_commands(ListCommands list) { commands_ = std::move(list); }

  private:
    Handled info_of_domain(Request& request);
    Handled info_of_contact(Request& request);
    Handled items_of_domain(Request& request);
    Handled items_of_contact(Request& request);
    Handled answer_info(Request& request, To to);
    std::vector<xmpp::DiscoItem> commands(const Request& request) const;
    World& world_;
    Router& router_;
    ListCommands commands_;
    std::map<std::pair<std::string, To>, std::string> hashes_;  ///< by domain
};

}  // namespace sallyport::core
