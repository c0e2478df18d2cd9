// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/transport_table.hpp"

#include <array>

#include "transports/echo/echo_transport.hpp"
#include "transports/sms/setup.hpp"
#include "transports/sms/sms_transport.hpp"

namespace sallyport::app {
namespace {

using Made = Result<std::unique_ptr<port::Transport>>;

const std::array rows{
    TransportRow{
        "sms",
        0,
        [](const config::TransportConfig& section, port::Context& context) -> Made {
            return sms::make_sms_transport(std::get<config::SmsConfig>(section.settings), context);
        },
        [](port::Transport& transport, const config::TransportConfig& section) {
            sms::reload(transport, std::get<config::SmsConfig>(section.settings));
        },
        [](const config::Config& config, const config::TransportConfig& section) {
            const std::string url = config.http.open ? config.http.open->url : "";
            return sms::setup_lines(
                std::get<config::SmsConfig>(section.settings), url, section.domain.str()
            );
        }},
    TransportRow{
        "echo",
        1,
        [](const config::TransportConfig&, port::Context& context) -> Made {
            return echo::make_echo_transport(context);
        },
        [](port::Transport&, const config::TransportConfig&) {},
        [](const config::Config&, const config::TransportConfig&) {
            return std::vector<std::string>{};
        }},
};

}  // namespace

const TransportRow& transport_row(const config::TransportConfig& config) {
    return rows.at(config.settings.index());
}

std::vector<std::string> setup_lines(
    const config::Config& config, const config::TransportConfig& section
) {
    return transport_row(section).setup(config, section);
}

}  // namespace sallyport::app
