/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options of complete records. */
#include "generate_option.h"

#include "log.h"

#include <math.h>

#define OFFSET(member) offsetof(struct weir_complete_params, member)

const struct weir_option weir_complete_rows[] = {
    {.name = "arrivals",
     .kind = WEIR_OPTION_TEXT,
     .offset = OFFSET(arrivals),
     .input = WEIR_ARRIVALS_SERIES,
     .value = "HOW",
     .help = "when flows begin: poisson:RATE, in flows per second, or series:FILE, with flows in "
             "proportion to one number per second, such as a csv_series"},
    {.name = "start",
     .kind = WEIR_OPTION_TEXT,
     .offset = OFFSET(start),
     .value = "TIME",
     .help =
         "time of the first arrival; when not given, 1970, or the day that names a csv_series as "
         "in 16596.flows"},
    {.name = "durations",
     .kind = WEIR_OPTION_TEXT,
     .offset = OFFSET(durations),
     .input = "",
     .value = "PATH",
     .help =
         "histogram or mixture of durations in ms, of flows with more than one packet; or a "
         "directory of them for flows of different x, such as 2.csv, 10.csv and 100.json, named "
         "by the least x that they are for"},
    {.name = "rates",
     .kind = WEIR_OPTION_TEXT,
     .offset = OFFSET(rates),
     .input = "",
     .value = "PATH",
     .help =
         "instead of --durations: histogram or mixture of rates in bit/s, or a directory of them "
         "likewise"},
    {.name = "sources",
     .kind = WEIR_OPTION_LIST,
     .offset = OFFSET(sources),
     .value = "PREFIX,...",
     .is_one_word = true,
     .help = "source addresses: PREFIX[*WEIGHT][:zipf:S] each, such as "
             "10.0.0.0/8*3,192.168.0.0/16:zipf:1.1, of which all are equally likely or ranked by "
             "Zipf's law"},
    {.name = "destinations",
     .kind = WEIR_OPTION_LIST,
     .offset = OFFSET(destinations),
     .value = "PREFIX,...",
     .is_one_word = true,
     .help = "destination addresses likewise"},
    {.name = "protocols",
     .kind = WEIR_OPTION_LIST,
     .offset = OFFSET(protocols),
     .value = "PROTOCOL,...",
     .is_one_word = true,
     .help = "protocols, by name or number, with their shares, such as tcp*8,udp*2,47"},
    {.name = "ports",
     .kind = WEIR_OPTION_LIST,
     .offset = OFFSET(ports),
     .value = "PORT,...",
     .is_one_word = true,
     .help = "destination ports or ranges of them with their shares, such as 443*6,80,1024-65535; "
             "source ports are 49152 to 65535"},
    {.name = "active-timeout",
     .letter = 'A',
     .kind = WEIR_OPTION_REAL,
     .offset = OFFSET(active_s),
     .given_offset = OFFSET(active_given),
     .least = 1,
     .most = 86400,
     .value = "SECONDS",
     .help = "part flows that go on for longer, as an exporter would and merge undoes"},
    {.name = "inactive-timeout",
     .letter = 'I',
     .kind = WEIR_OPTION_REAL,
     .offset = OFFSET(idle_s),
     .given_offset = OFFSET(idle_given),
     .initial = "15",
     .least = 1,
     .most = 86400,
     .value = "SECONDS",
     .help = "with --active-timeout: leave flows whole whose packets pause for so long"},
    {0},
};

bool weir_complete_wanted(const struct weir_complete_params *params)
{
    return params->arrivals != NULL || params->sources.n > 0 || params->destinations.n > 0 ||
           params->protocols.n > 0;
}

static enum weir_status check_needs(const struct weir_complete_params *params,
                                    struct weir_error *err)
{
    const struct {
        bool given, satisfied;
        const char *name, *needs;
    } options[] = {
        {params->start != NULL, params->arrivals != NULL, "start", "arrivals"},
        {params->durations != NULL, params->arrivals != NULL, "durations", "arrivals"},
        {params->rates != NULL, params->arrivals != NULL, "rates", "arrivals"},
        {params->ports.n > 0, params->protocols.n > 0, "ports", "protocols"},
        {params->active_given, params->durations != NULL || params->rates != NULL, "active-timeout",
         "durations or --rates"},
        {params->idle_given, params->active_given, "inactive-timeout", "active-timeout"},
    };
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && !options[i].satisfied)
            return weir_error_set(err, WEIR_USAGE, "--%s has no effect without --%s",
                                  options[i].name, options[i].needs);
    if (params->durations != NULL && params->rates != NULL)
        return weir_error_set(err, WEIR_USAGE,
                              "expected either --durations or --rates, but found both");
    return WEIR_OK;
}

/* Without keys merge takes all flows for parts of one. */
static void warn_of_keys(const struct weir_complete_params *params)
{
    if (params->active_given && params->sources.n == 0 && params->destinations.n == 0 &&
        params->protocols.n == 0)
        weir_log(WEIR_LOG_WARNING,
                 "--active-timeout: all flows have one key, so that merge cannot tell their parts "
                 "apart; use --sources, --destinations or --protocols");
}

static enum weir_status make_times(const struct weir_complete_request *request,
                                   struct weir_complete *complete, struct weir_error *err)
{
    const struct weir_complete_params *params = request->params;
    const struct weir_arrivals_request arrivals = {.text = params->arrivals,
                                                   .start = params->start,
                                                   .seed = request->seed,
                                                   .n_records = request->n_flows,
                                                   .n_wanted = request->n_wanted,
                                                   .run = request->run};
    if (params->arrivals == NULL)
        return WEIR_OK;
    const enum weir_status status = weir_arrivals_make(&arrivals, &complete->arrivals, err);
    complete->record.arrivals = &complete->arrivals;
    if (status != WEIR_OK || (params->durations == NULL && params->rates == NULL))
        return status;
    complete->record.durations = &complete->durations;
    complete->record.active_ms =
        params->active_given ? (uint64_t)llround(params->active_s * 1000) : 0;
    complete->record.idle_ms = (uint64_t)llround(params->idle_s * 1000);
    const struct weir_durations_request durations = {
        .path = params->rates != NULL ? params->rates : params->durations,
        .rates = params->rates != NULL,
        .table = request->table,
        .expand = request->expand,
        .x = request->x};
    return weir_durations_read(&durations, &complete->durations, err);
}

static enum weir_status make_pools(const struct weir_complete_params *params,
                                   struct weir_complete *complete, struct weir_error *err)
{
    enum weir_status status = WEIR_OK;
    if (params->sources.n > 0) {
        status = weir_pool_parse("sources", &params->sources, &complete->sources, err);
        complete->record.sources = &complete->sources;
    }
    if (status == WEIR_OK && params->destinations.n > 0) {
        status =
            weir_pool_parse("destinations", &params->destinations, &complete->destinations, err);
        complete->record.destinations = &complete->destinations;
    }
    if (status == WEIR_OK && params->sources.n > 0 && params->destinations.n > 0 &&
        complete->sources.af != complete->destinations.af)
        return weir_error_set(err, WEIR_USAGE,
                              "--destinations: expected the address family of --sources, but found "
                              "another");
    return status;
}

static enum weir_status make_shares(const struct weir_complete_params *params,
                                    struct weir_complete *complete, struct weir_error *err)
{
    const struct weir_share_request protocols = {
        .option = "protocols", .words = &params->protocols, .most = UINT8_MAX, .protocols = true};
    const struct weir_share_request ports = {
        .option = "ports", .words = &params->ports, .most = UINT16_MAX};
    enum weir_status status = WEIR_OK;
    if (params->protocols.n > 0) {
        status = weir_share_parse(&protocols, &complete->protocols, err);
        complete->record.protocols = &complete->protocols.sample;
    }
    if (status == WEIR_OK && params->ports.n > 0) {
        status = weir_share_parse(&ports, &complete->ports, err);
        complete->record.ports = &complete->ports.sample;
    }
    return status;
}

enum weir_status weir_complete_parse(const struct weir_complete_params *params,
                                     struct weir_mem *mem, struct weir_complete *complete,
                                     struct weir_error *err)
{
    *complete = (struct weir_complete){0};
    weir_arrivals_init(&complete->arrivals, mem);
    weir_durations_init(&complete->durations, mem);
    weir_generate_table_init(&complete->protocols, mem);
    weir_generate_table_init(&complete->ports, mem);
    weir_pool_init(&complete->sources, 0, mem);
    weir_pool_init(&complete->destinations, 1, mem);
    enum weir_status status = check_needs(params, err);
    if (status == WEIR_OK && params->arrivals != NULL)
        status = weir_arrivals_check(params->arrivals, params->start, err);
    if (status == WEIR_OK)
        status = make_pools(params, complete, err);
    return status == WEIR_OK ? make_shares(params, complete, err) : status;
}

enum weir_status weir_complete_read(const struct weir_complete_request *request,
                                    struct weir_complete *complete, struct weir_error *err)
{
    warn_of_keys(request->params);
    return make_times(request, complete, err);
}

void weir_complete_release(struct weir_complete *complete)
{
    weir_arrivals_release(&complete->arrivals);
    weir_durations_release(&complete->durations);
    weir_generate_table_release(&complete->protocols);
    weir_generate_table_release(&complete->ports);
    weir_pool_release(&complete->sources);
    weir_pool_release(&complete->destinations);
}
