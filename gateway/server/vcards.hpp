// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "gateway/server/service.hpp"

namespace sallyport::server {

/// XEP-0054: one card per account, for everybody to read. XEP-0153: the hash of its photo goes into
/// presence for clients that do not say it themselves.
class VCards final : public Service {
  public:
    static constexpr std::size_t most_bytes = 128 * 1024;  ///< of a card as text

    /// `hub` outlives it.
    explicit VCards(Hub& hub);

    std::vector<Row> rows() override;
    std::uint32_t hooks() const override { return Hook::presence_out | Hook::load; }
    void on_presence_out(Session& session, xmpp::Stanza& presence) override;
    void on_load(
        AccountState& account, const store::LoadAccount::Answer& stored, std::string_view kept
    ) override;
    std::string_view loaded_text() const override;

  private:
    struct Photo;

    Handled get(Request& request);
    Handled set(Request& request);

    Hub& hub_;
    std::size_t slot_;
};

}  // namespace sallyport::server
