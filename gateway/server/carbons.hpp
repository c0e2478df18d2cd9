// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/server/service.hpp"

namespace sallyport::server {

/// XEP-0280: resources that ask for it see both sides of every conversation of their account.
/// REQUIRES: registered after the archive, whose ids on sent messages are for own resources alone
/// and are taken off here.
class Carbons final : public Service {
  public:
    std::vector<Row> rows() override;
    std::vector<std::pair<Addressee, std::string_view>> features() const override;
    std::uint32_t hooks() const override {
        return Hook::outgoing | Hook::incoming | Hook::delivered;
    }
    Verdict on_outgoing(Session& session, xmpp::Stanza& stanza, Author author) override;
    Verdict on_incoming(AccountState& account, xmpp::Stanza& stanza) override;
    void on_delivered(
        AccountState& account, const xmpp::Stanza& stanza, std::vector<Session*>& takers
    ) override;
};

}  // namespace sallyport::server
