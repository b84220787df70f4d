"""What several tests share: real servers on free ports, browsers with their own camera, gates that drop packets."""
