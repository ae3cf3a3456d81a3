#include <kohort/data/decisions.hpp>

namespace kohort {

std::span<const std::pair<std::string_view, std::vector<std::string_view>>> decision_columns() {
  using known = std::pair<std::string_view, std::vector<std::string_view>>;
  static const std::vector<known> columns{
      {"person",
       {"person", "person_id", "personid", "id", "subject", "personnummer", "personnr", "pnr",
        "löpnummer", "löpnr", "brukare", "brukar_id"}},
      {"decision",
       {"decision", "decision_id", "beslut", "beslut_id", "beslutsid", "beslutsnummer"}},
      {"start",
       {"start", "start_date", "from", "from_date", "valid_from", "från", "från_datum",
        "from_datum", "från_och_med", "fr_o_m", "startdatum", "beslut_från"}},
      {"end",
       {"end", "end_date", "to", "to_date", "valid_to", "till", "till_datum", "tom", "t_o_m",
        "till_och_med", "slut", "slutdatum", "beslut_till"}},
      {"level",
       {"level", "dependency", "dependency_level", "nivå", "beroende", "beroendenivå",
        "beroendegrad"}},
      {"support", {"support", "support_type", "support_code", "insats", "insatstyp", "insatskod"}},
      {"hours",
       {"hours", "hours_per_month", "hours_month", "timmar", "timmar_per_månad", "beviljade_timmar",
        "beviljad_tid"}},
      {"event", {"event", "händelse"}},
      {"death",
       {"death", "death_date", "date_of_death", "död", "dödsdatum", "avliden", "avliden_datum"}},
      {"exit",
       {"exit", "exit_date", "avslut", "avslutsdatum", "utflyttad", "flyttdatum",
        "utflyttningsdatum"}},
      {"sex", {"sex", "gender", "kön"}},
      {"birth", {"birth", "birth_date", "date_of_birth", "född", "födelsedatum"}},
      {"period", {"period", "month", "månad", "redovisningsmånad"}},
      {"cost", {"cost", "cost_sek", "kostnad", "kostnad_kr"}},
      {"unit", {"unit", "enhet", "hemtjänstområde", "distrikt", "district", "stadsdel"}},
  };
  return columns;
}

}  // namespace kohort
