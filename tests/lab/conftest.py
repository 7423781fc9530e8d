from importlib.util import find_spec

# The extra `lab` brings torch; without it the rest of the lab is tested all the same.
collect_ignore = [] if find_spec("torch") and find_spec("safetensors") else ["torch"]
