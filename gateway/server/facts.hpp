// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gateway/base/clock.hpp"
#include "gateway/server/service.hpp"

namespace sallyport::server {

/// Small questions about the server and its accounts: ping (XEP-0199), version (XEP-0092), time
/// (XEP-0202) and last activity (XEP-0012).
class Facts final : public Service {
  public:
    /// `hub` outlives it.
    explicit Facts(Hub& hub);
    std::vector<Row> rows() override;
    std::uint32_t hooks() const override { return Hook::unavailable | Hook::load; }
    /// Remembers when the last resource of an account left.
    void on_unavailable(Session& session) override;
    std::string_view loaded_text() const override;
    void on_load(
        AccountState& account, const store::LoadAccount::Answer& stored, std::string_view kept
    ) override;
    /// When the last resource of an account left; nothing: it was never here.
    std::optional<WallTime> last_seen(const AccountState& account) const;

  private:
    struct LastSeen;

    Handled version(Request& request);
    Handled time(Request& request);
    Handled uptime(Request& request);
    Handled tell_last_seen(Request& request);

    Hub& hub_;
    std::size_t slot_;
    std::chrono::steady_clock::time_point started_;
};

}  // namespace sallyport::server
