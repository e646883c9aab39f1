"""How hypothesis plays here: nothing is timed, since a machine that is busy is no fault of the rules."""

from hypothesis import HealthCheck, settings

settings.register_profile("yishi", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yishi")
