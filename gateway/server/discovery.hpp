// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/server/service.hpp"
#include "xmpp/xep/disco.hpp"

namespace sallyport::server {

/// XEP-0030 for the server and its accounts, from the table of services; transports and components
/// are the server's items. XEP-0157: whom to write to. Accounts show themselves to their own
/// resources and to those who see their presence alone.
class Discovery final : public Service {
  public:
    /// `hub` outlives it.
    explicit Discovery(Hub& hub) : hub_(hub) {}
    std::vector<Row> rows() override;
    /// What the server is: for disco#info, and its hash for the stream feature of XEP-0115 §6.3.
    xmpp::DiscoInfo server_info() const;

  private:
    Handled info_of_server(Request& request);
    Handled info_of_account(Request& request);
    Handled items_of_server(Request& request);
    Handled items_of_account(Request& request);

    Hub& hub_;
};

/// Whether the account shows itself to this entity: its own resources, those who see its presence,
/// and our transports.
bool shows_itself(const Request& request);

}  // namespace sallyport::server
